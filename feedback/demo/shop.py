"""The words of the two invented shops whose pages show the widget; what they sell is nowhere else."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Words:
    """A shop's page in one language: ``goods`` are name and price; a mode has a heading, a line and maybe a button."""

    language: str
    site: str
    lead: str
    goods: tuple[tuple[str, str], ...]
    inline: tuple[str, str]
    question: tuple[str, str]
    popover: tuple[str, str, str]
    dialog: tuple[str, str, str]
    message: tuple[str, str, str]
    allowed: tuple[str, str, str]
    happened: str
    nothing_yet: str
    stranger: str
    sign_in: str
    known: str
    sign_out: str
    other: str
    policy: str
    came_back: str
    no_script: str


SHOPS: tuple[Words, ...] = (
    Words(
        language="en",
        site="duka",
        lead="Lamps, stoves and radios that run on the sun.",
        goods=(
            ("Desk lamp “Mbalamwezi”", "38,000 TSh"),
            ("Stove “Jiko”", "112,000 TSh"),
            ("Radio “Sauti”", "64,000 TSh"),
        ),
        inline=("Your order is on its way", "A survey in the page, opened for everybody."),
        question=("Was this page of help?", "One question in the page; the rest opens after the first tap."),
        popover=("A small window in the corner", "Opened by a button of the shop’s own.", "Rate your delivery"),
        dialog=("A dialog over the page", "Also by a button; Escape closes it.", "Tell us about the shop"),
        message=(
            "Write to us",
            "The handle at the edge of this page opens the message form.",
            "Open the message form by itself",
        ),
        allowed=("Would it be shown?", "What canShow says about a survey here and now.", "Ask for “nps”"),
        happened="What the page is told",
        nothing_yet="Nothing yet. No answer ever comes here, only that there was one.",
        stranger="You are not signed in: answers come from somebody unknown.",
        sign_in="Sign in as %(name)s",
        known="Signed in as %(name)s: this shop’s server signed that, and the answers are known to be theirs.",
        sign_out="Sign out",
        other="فارسی",
        policy="This page’s policy",
        came_back="Back from cancelling; the shop’s server was told: %(outcome)s",
        no_script="Give feedback",
    ),
    Words(
        language="fa",
        site="pars",
        lead="اینترنت پرسرعت برای خانه و محل کار.",
        goods=(
            ("خانگی ۵۰ مگابیت", "۴۹۰٬۰۰۰ تومان"),
            ("خانگی ۱۰۰ مگابیت", "۷۲۰٬۰۰۰ تومان"),
            ("اداری ۲۰۰ مگابیت", "۱٬۶۵۰٬۰۰۰ تومان"),
        ),
        inline=("نصب شما انجام شد", "نظرسنجی داخل صفحه که برای همه باز است."),
        question=("این صفحه به کارتان آمد؟", "یک پرسش داخل صفحه؛ بقیه پس از اولین انتخاب باز می‌شود."),
        popover=("پنجره کوچک گوشه صفحه", "با دکمه خود سایت باز می‌شود.", "به نصب امتیاز بدهید"),
        dialog=("پنجره‌ای روی صفحه", "این هم با دکمه باز می‌شود و با Escape بسته می‌شود.", "نظرتان درباره ما"),
        message=("برایمان بنویسید", "زبانه کنار همین صفحه فرم پیام را باز می‌کند.", "فرم پیام در صفحه خودش"),
        allowed=("نشان داده می‌شود؟", "پاسخ canShow درباره یک نظرسنجی، همین‌جا و همین حالا.", "درباره «nps» بپرسید"),
        happened="آنچه به صفحه گفته می‌شود",
        nothing_yet="هنوز هیچ. خود پاسخ هرگز به اینجا نمی‌رسد، فقط اینکه پاسخی داده شد.",
        stranger="وارد نشده‌اید: پاسخ‌ها از طرف فردی ناشناس است.",
        sign_in="ورود با نام %(name)s",
        known="با نام %(name)s وارد شده‌اید: سرور این سایت آن را امضا کرده و معلوم است پاسخ‌ها از کیست.",
        sign_out="خروج",
        other="English",
        policy="سیاست امنیتی این صفحه",
        came_back="بازگشت از لغو؛ به سرور سایت گفته شد: %(outcome)s",
        no_script="نظرتان را بگویید",
    ),
)
