"""Rule: the words by which mail programs of many languages introduce a quote; no logic but building the patterns."""

import re
from typing import Final


def _any(listed: str) -> str:
    """A pattern for any of the words between bars, the longest first."""
    return "(?:" + "|".join(sorted((re.escape(word) for word in listed.split("|")), key=len, reverse=True)) + ")"


#: Direction marks and spaces that programs put around what they write in right-to-left mails.
EDGE: Final = " \t\u00a0\u200e\u200f\u202a\u202b\u202c\u2066\u2067\u2068\u2069\ufeff"

_HEADERS: Final = {
    "from": (
        "From|Von|De|Da|Van|Od|От|От кого|Від|Fra|Från|Lähettäjä|Kimden|Gönderen|Expéditeur|Feladó|De la|Από|"
        "از|فرستنده|من|प्रेषक|बाट|Хэнээс|Илгээгч|Ումից|Ուղարկող|Kutoka|Kutoka kwa|差出人|发件人|寄件者|보낸 사람|מאת|"
        "Dari|Từ"
    ),
    "date": (
        "Sent|Date|Gesendet|Datum|Envoyé|Envoyé le|Enviado|Enviado el|Enviada em|Fecha|Data|Inviato|Verzonden|"
        "Wysłano|Отправлено|Дата|Надіслано|Sendt|Dato|Skickat|Lähetetty|Päivämäärä|Gönderme Tarihi|Gönderilen|"
        "Tarih|Odesláno|Elküldve|Dátum|Trimis|Στάλθηκε|ارسال|ارسال شده|فرستاده شده|تاریخ|تاریخ ارسال|تم الإرسال|"
        "التاريخ|पठाइएको|पठाएको|मिति|भेजा गया|Илгээсэн|Огноо|Ուղարկվել է|Ուղարկված|Ամսաթիվ|Imetumwa|Ilitumwa|"
        "Tarehe|送信日時|日付|发送时间|日期|寄件日期|보낸 날짜|날짜|נשלח|Dikirim|Tanggal|Đã gửi|Ngày"
    ),
    "to": (
        "To|An|À|A|Para|Aan|Naar|Do|Кому|Til|Till|Vastaanottaja|Kime|Alıcı|Komu|Címzett|Către|Προς|به|گیرنده|إلى|"
        "प्रति|प्रापक|लाई|Хэнд|Хүлээн авагч|Ում|Ստացող|Kwa|Mpokeaji|宛先|收件人|收件者|받는 사람|אל|Kepada|Đến|"
        "Cc|Kopie|Копия|رونوشت|Хуулбар"
    ),
    "subject": (
        "Subject|Betreff|Objet|Sujet|Asunto|Assunto|Oggetto|Onderwerp|Temat|Тема|Emne|Ämne|Aihe|Konu|Předmět|Tárgy|"
        "Subiect|Θέμα|موضوع|الموضوع|विषय|Сэдэв|Гарчиг|Թեմա|Mada|Somo|Kichwa|件名|主题|主旨|제목|נושא|Subjek|"
        "Perihal|Chủ đề"
    ),
}
#: Kind of header → a line that begins with it, in any language; asterisks are bold in converted mails.
HEADER_LINES: Final = {
    kind: re.compile(rf"\*?{_any(words)}\*?[ \t\u00a0]*[:：]", re.IGNORECASE) for kind, words in _HEADERS.items()
}

#: Between rows of dashes, above the headers of the mail that is answered.
ORIGINAL: Final = re.compile(
    _any(
        "original message|originalnachricht|ursprüngliche nachricht|message d'origine|message d’origine|"
        "message original|mensaje original|mensagem original|messaggio originale|oorspronkelijk bericht|"
        "oprawiona wiadomość|wiadomość oryginalna|oryginalna wiadomość|исходное сообщение|оригинальное сообщение|"
        "первоначальное сообщение|вихідне повідомлення|oprindelig meddelelse|opprinnelig melding|"
        "ursprungligt meddelande|alkuperäinen viesti|orijinal mesaj|özgün ileti|původní zpráva|eredeti üzenet|"
        "mesaj original|αρχικό μήνυμα|پیام اصلی|پیغام اصلی|الرسالة الأصلية|मूल सन्देश|मूल सन्देशहरू|मूल संदेश|"
        "эх захидал|эх зурвас|анхны зурвас|анхны захидал|սկզբնական հաղորդագրություն|բնօրինակ հաղորդագրություն|"
        "բուն նամակ|ujumbe asili|ujumbe asilia|ujumbe wa awali|元のメッセージ|原始邮件|原始郵件|원본 메시지|"
        "הודעה מקורית|pesan asli|thư gốc"
    ),
    re.IGNORECASE,
)
#: What somebody passes on is what they want us to see.
FORWARDED: Final = re.compile(
    _any(
        "forwarded|weitergeleitet|transféré|réexpédié|reenviado|encaminhada|inoltrato|doorgestuurd|przekazan|"
        "пересыл|пересл|переадрес|переслан|videresendt|vidarebefordrat|välitetty|iletilen|přeposlan|továbbított|"
        "redirecționat|προωθημένο|هدایت|بازارسال|فوروارد|إعادة توجيه|फर्वार्ड|फरवार्ड|अग्रेषित|дамжуул|"
        "վերահասցե|փոխանցված|umesambazwa|imesambazwa|iliyotumwa mbele|転送|转发|轉寄|전달|הועברה|diteruskan|"
        "chuyển tiếp"
    ),
    re.IGNORECASE,
)

#: How the line above a quote begins: with a word, a weekday or a number.
OPENER: Final = re.compile(
    r"(?:\d|"
    + _any(
        "On|Am|Den|Le|El|Il giorno|Il|In data|Em|Op|W dniu|Dnia|Dne|På|A|La|Pe|În|Στις|Vào|Pada|В|在|于|於|"
        "در|در تاریخ|في|بتاريخ|Mnamo|Tarehe|Siku ya|"
        "Mon|Tue|Wed|Thu|Fri|Sat|Sun|Mo|Di|Mi|Do|Fr|Sa|So|lun|mar|mer|jeu|ven|sam|dim|"
        "пн|вт|ср|чт|пт|сб|вс|понедельник|вторник|среда|четверг|пятница|суббота|воскресенье|"
        "Да|Мя|Лх|Пү|Ба|Бя|Ня|Даваа|Мягмар|Лхагва|Пүрэв|Баасан|Бямба|Ням|"
        "सोम|मङ्गल|मंगल|बुध|बिही|बिहि|शुक्र|शनि|आइत|"
        "Երկ|Երք|Չրք|Չոր|Հնգ|Ուրբ|Ուր|Շբթ|Շաբ|Կիր|"
        "Jtt|Jnn|Jtn|Alh|Iju|Jmo|Jpl|Jumatatu|Jumanne|Jumatano|Alhamisi|Ijumaa|Jumamosi|Jumapili|"
        "دوشنبه|سه‌شنبه|چهارشنبه|پنجشنبه|جمعه|شنبه|یکشنبه|الاثنين"
    )
    + r"(?!\w))",
    re.IGNORECASE,
)
#: What it says that somebody did.
_WROTE: Final = (
    r"(?<!\w)"
    + _any(
        "wrote|writes|schrieb|a écrit|écrit|escribió|ha scritto|scrisse|escreveu|schreef|napisał|napisał(a)|napisała|"
        "написал|написал(а)|написала|пишет|писал|писал(а)|написав|pisze|skrev|kirjoitti|yazdı|şunu yazdı|napsal|írta|"
        "a scris|έγραψε|نوشت|نوشته|نوشته است|كتب|लेख्नुभयो|लेख्नुभएको छ|लेखे|लेख्यो|ले लेख्नुभयो|бичсэн|бичив|бичлээ|"
        "бичсэн байна|գրել է|գրեց|-ը գրել է|-ն գրել է|aliandika|ameandika|aliandika hivi|書きました|写道|寫道|작성|"
        "כתב|menulis|đã viết"
    )
    + r"(?!\w)"
)
WROTE: Final = re.compile(_WROTE, re.IGNORECASE)
ENDS_IN_WROTE: Final = re.compile(_WROTE + r"\W*$", re.IGNORECASE)

#: What a telephone writes below a mail by itself, whole lines only.
SENT_FROM: Final = re.compile(
    r"(?:sent from my (?:iphone|ipad|galaxy|samsung[\w ]{0,30}|android[\w ]{0,30}|huawei[\w ]{0,30}|mobile|phone)"
    r"|sent from (?:yahoo mail(?: (?:on|for) \w+)?|outlook(?: for \w+| mobile)?|mail for windows(?: 10)?)"
    r"|sent from (?:my )?[\w ]{0,30}smartphone|get outlook for \w+(?: ?<[^<>]*>)?|yahoo mail: [\w ,]{0,60}"
    r"|envoyé de mon (?:iphone|ipad)|enviado desde mi (?:iphone|ipad)|inviato da (?:iphone|ipad)"
    r"|von meinem (?:iphone|ipad) gesendet|verstuurd vanaf mijn (?:iphone|ipad)"
    r"|отправлено с (?:iphone|ipad)|отправлено из (?:мобильной )?почты mail\.ru|отправлено с моего \w+"
    r"|از (?:iphone|ipad|آیفون|آیپد) من (?:ارسال|فرستاده) شده(?: است)?|ارسال شده از (?:iphone|ipad|آیفون)[\w ]{0,10}"
    r"|ուղարկված է իմ (?:iphone|ipad)-ից|(?:iphone|ipad)-с илгээв|imetumwa kutoka (?:kwa )?(?:iphone|ipad) yangu"
    r"|मेरो (?:iphone|ipad)बाट पठाइएको)[.։।!]?",
    re.IGNORECASE,
)
